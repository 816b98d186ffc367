"""Personal data in English reports is found; hotels, ships, places and words at the beginning of a sentence stay."""

from __future__ import annotations

import pytest

from ioc.classify import redact
from ioc.classify.english_words import is_english

TAKEN = [
    # By role or relation, beside the name or before a mark.
    ("The watchman Loc lets his friends park for free.", ["Loc"]),
    ("Our skipper Duong was drunk and Marek had to steer.", ["Duong", "Marek"]),
    ("The fellow who runs the bar, Gareth, has speakers turned to the sea.", ["Gareth"]),
    ("There's a lady, Tam, who sells sticky rice at our corner.", ["Tam"]),
    ("Tuyen the electrician connected his own house to our meter.", ["Tuyen"]),
    ("Yesterday a porter by the name of Quyet grabbed my suitcase.", ["Quyet"]),
    # Introductions and signatures.
    ("It's me again, Pilar. The hole is still open.", ["Pilar"]),
    ("Hi, Tuan Anh here, the street to our factory is flooded.", ["Tuan Anh"]),
    ("I, Esperanza Villanueva, holder of a passport, hereby report this.", ["Esperanza Villanueva"]),
    ("The tour was cancelled without refund. Sincerely, Joost van den Berg", ["Joost van den Berg"]),
    ("He goes by Johnny but nobody knows.", ["Johnny"]),
    ("the nurse was an angel, i dont know her family name. beatriz", ["beatriz"]),
    # Somebody does something, alone or with others.
    ("Hoa cheated me! She runs the fruit stand.", ["Hoa"]),
    ("Please arrest Nikolai! He owes money to half of the hostel.", ["Nikolai"]),
    ("Ahmed, Yusuf and I waited for the last bus.", ["Ahmed", "Yusuf"]),
    ("A couple, Heinz and Ulrike Baumgartner, lost their bikes.", ["Heinz", "Ulrike Baumgartner"]),
    ("What a clean beach! Ruth & Amos, Nairobi", ["Ruth", "Amos"]),
    # Full names of other countries.
    ("If you need a witness, Dmytro Kovalenko stood right beside me.", ["Dmytro Kovalenko"]),
    ("Found a passport on the stairs: LINDQVIST Oskar.", ["LINDQVIST Oskar"]),
    ("My customer Choi Eun-bi paid and the goods were never sent.", ["Choi Eun-bi"]),
    # Where somebody lives or stays.
    ("I'm staying in room 814 and the fire door is chained shut.", ["room 814"]),
    ("Two dogs attacked my daughter outside 7 Ben Doan. The owner laughed.", ["7 Ben Doan"]),
    ("In Room 5, 2nd floor, 27 Anh Dao there are eleven workers sleeping.", ["Room 5, 2nd floor, 27 Anh Dao"]),
    ("Trucks drive past house 9, group 4, Ha Phong from 4 am on.", ["house 9, group 4, Ha Phong"]),
    ("We, the residents of alley 112 Ha Lam, houses 3 to 9, have no water.", ["alley 112 Ha Lam, houses 3 to 9"]),
    ("I was living at No. 8, Block B3, Mon Bay I'd say.", ["No. 8, Block B3, Mon Bay"]),
    ("Cockroaches in the showers of our room, bed 4, room 309, dorm K2.", ["room 309, dorm K2"]),
    ("He's the previous tenant of flat 1102, Block C.", ["flat 1102, Block C"]),
    # Papers, phones, accounts.
    ("He kept my licence, number D08-2231-7740, and laughed.", ["D08-2231-7740"]),
    ("Reservation 3847.221.906, the hotel denies that it exists.", ["3847.221.906"]),
    ("My booking reference is KX7P29Q, the hotel denies it.", ["KX7P29Q"]),
    ("My ID card from home, L22N7M83K, was photographed.", ["L22N7M83K"]),
    ("Please call, phone 0044 7911 204 836, staying till Friday.", ["0044 7911 204 836"]),
    ("call me at +1 (415) 555-0183 or text, someone is following us", ["+1 (415) 555-0183"]),
    (
        "My number is zero nine seven three, double two four, one eight six.",
        ["zero nine seven three, double two four, one eight six"],
    ),
    ("Snapchat emmaroux.x is from the guy who keeps sending photos.", ["emmaroux.x"]),
    ("Facebook page Cheap Cruise by Tony took our dollars and blocked us.", ["Cheap Cruise by Tony"]),
]


@pytest.mark.parametrize(("text", "values"), TAKEN, ids=[text for text, _ in TAKEN])
def test_personal_data_in_english_is_found(text: str, values: list[str]) -> None:
    assert [text[span.start : span.end] for span in redact(text).spans] == values


LEFT = [
    "The Victoria Hotel refuses refunds. The ship Emma was late.",
    "Ambassador Cruise was great. The Orchid Spa too, and Sun World.",
    "Santa Claus parade blocked the Golden Bridge on Sunday.",
    "I was double charged at the pharmacy An Khang and they refuse to print a bill.",
    'Who is responsible for "Captain Cook Pub"? Their sign hangs on one screw.',
    "Is there a Lost and Found office? I left my Samsung tablet on the bus.",
    "We saw 3 Vietnamese men and 2 Korean women at the pier.",
    "Karaoke room 5 is loud, and the engine room 340 of the ferry smells of oil.",
    "HELP THE BRIDGE AND THE ROAD ARE UNDER WATER NEAR MARIA CAFE",
    "My card was charged 3.500.000 dong for the ticket and they refused to give it back.",
    "The tour of 14 March 2026 with the ship Paradise was cancelled without refund.",
    "What a lovely day! Thank you.",
]


@pytest.mark.parametrize("text", LEFT)
def test_what_is_nobodys_in_english_stays(text: str) -> None:
    assert redact(text).text == text


def test_a_report_in_vietnamese_is_not_taken_for_english() -> None:
    assert not is_english(
        [
            "xe",
            "tai",
            "do",
            "dat",
            "chan",
            "loi",
            "vao",
            "ngo",
            "nha",
            "em",
            "tu",
            "sang,",
            "nho",
            "the",
            "ai",
            "noi",
            "lai",
            "cho",
            "toi",
            "biet",
        ]
    )
    assert is_english(["the", "bridge", "is", "closed", "and", "we", "wait"])
