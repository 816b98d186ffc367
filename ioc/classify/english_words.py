"""English words beside names of people and of places, and those that have a capital and are nobody's name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ioc.classify.cues import cues


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _asked(text: str) -> frozenset[str]:
    return cues(text.split())


_ENGLISH_ONLY: Final = _asked(
    "and of was with our are from this we were have who she please for is you thanks sorry hello or found lost"
    " stolen near while into over very lady woman people told said says three four police only just still again"
    " every never because since until about any all where why took another would could should which they their his"
    " your has here there when after before what been does as if how without outside attacked daughter husband"
    " wife owner between during past residents tenant neighbour neighbor next staying hanging off under through"
    " ran went came gave made broken student room one number left licence but nobody somebody someone anybody goes"
    " exists denies asks keeps months years hours minutes yesterday today tomorrow morning evening night weeks days"
    " driver guide street road bridge beach pier luggage suitcase money house water"
)
"""Words that hold English sentences together and are none in a report without marks."""
_ENGLISH: Final = _set("the my me in on at by to a an us no i can will out he it that not do did be two man too")
"""The same, that may be others without marks."""
_LEAST, _LEAST_IN_ALL, _SHORT = 2, 3, 8


def may_be_english(words: set[str]) -> bool:
    """Whether a text is worth the closer look of ``is_english``; ``words``: its cues."""
    return not _ENGLISH_ONLY.isdisjoint(words)


def is_english(words: Collection[str]) -> bool:
    """Whether a text is English by some of its words; ``words``: its words without marks."""
    if _ENGLISH_ONLY.isdisjoint(words):
        return False
    sure = len(_ENGLISH_ONLY.intersection(words))
    return sure >= _LEAST or len(words) <= _SHORT or len(_ENGLISH.intersection(words)) >= _LEAST_IN_ALL - sure


PERSONS: Final = _set(
    "guide driver watchman guard porter manager owner landlord landlady receptionist nurse doctor captain officer"
    " waiter waitress host hostess agent neighbour neighbor colleague coworker friend flatmate roommate housemate"
    " classmate boss son daughter husband wife brother sister mother father uncle aunt auntie cousin nephew niece"
    " grandmother grandfather grandson granddaughter boyfriend girlfriend fiance fiancée partner kid boy girl man"
    " woman lady guy fellow chap bloke cook maid cleaner electrician plumber mechanic carpenter builder tenant"
    " cashier seller vendor broker clerk policeman policewoman inspector sergeant mr mrs ms miss mister helper"
    " translator interpreter lifeguard janitor barber tailor fisherman boatman skipper sailor teenager foreman"
    " supervisor trainer coach pharmacist dentist shopkeeper baker gardener nanny babysitter deckhand volunteer dr"
    " prof lieutenant scammer thief intern reader collector ranger tourist suspect madame monsieur"
)
"""Who somebody is, right before a name; a title too."""
AROUND_NAMES: Final = _set(
    "hi hello dear thanks thank please sorry yesterday today tonight tomorrow mr mrs ms miss dr sir madam if when"
    " after before because but and or while although since as my our your his her their the this that these those"
    " there it he she they we you me us from with by for to at in on of so then now also is was are were did does"
    " do has have had can could will would should may might must not no yes ok okay ask call contact only even"
    " both why what who where how which let tell until till once though maybe perhaps another one two three all"
    " some any every each arrest stop find help prof lieutenant booking hey"
)
"""What begins a sentence before a name."""
_SAID_BEFORE: Final = (
    "a certain; ask for; auntie; badge said; badge says; behalf of; by the name of; called himself; calls "
    "herself; calls himself; driver maybe; first name; full name; goes by; guy called; guy named; herself as; "
    "himself as; listed as; little; man called; man named; me and; my name; name is; name s; name tag; name "
    "was; named; names are; nickname; owned by; person named; residence of; signed by; somebody called; "
    "somebody named; someone called; someone named; surname; tag said; tag says; tenant; the name; woman "
    "called; woman named"
)
INTRODUCTIONS: Final = frozenset(_SAID_BEFORE.split("; "))
"""What stands right before somebody's name, of one word or more."""
CLOSINGS: Final = _set(
    "sincerely regards thanks cheers signed best yours faithfully respectfully truly you wishes advance"
)
"""With what a letter ends, right before who signs it."""
BEFORE_PERSON: Final = _set("told asked ask paid thank arrest contact and with by thanked trusted blame met because if")
"""Right before somebody, and seldom before a place."""
ACTS: Final = _set(
    "cheated told took said says asked gave lost ran promised refused shouted yelled threatened hit slapped"
    " punched stole lied laughed knows helped owes lives sold paid drove texted replied answered scratched grabbed"
    " pushed carried saved found fell smokes plays drinks sings claims claimed demanded insisted screamed swore"
    " works worked booked saw tried drives keeps kept wanted wants thinks thought spoke speaks never always still"
    " does did gets"
)
"""What people do, right behind their names, and places do not."""
PARTICLES: Final = _set("van von der den de da del della di dos du la le bin ibn al el ter zu")
"""Small words in the middle of a name."""
PLACES_BEFORE: Final = _set(
    "ship boat vessel cruise hotel street road restaurant ward in near to at island bridge beach school park lane"
    " alley district commune village bar cafe hospital pharmacy pier bay brand tour resort homestay hostel market"
    " route line station company ferry junk province pagoda temple mall centre center supermarket visit visiting"
    " towards toward around outside through via block tower villa language speak speaks dog cat area"
)
"""Right before what is no person's name."""
SHIPS: Final = _set("the aboard onboard leaving between behind opposite called of")
"""Right before a ship or a house of one word."""
PLACES_BEHIND: Final = _set(
    "hotel cruise cruises restaurant bar pub street road st rd bridge beach island bank park tower towers bay"
    " cave resort hostel homestay guesthouse villa villas plaza mall center centre market museum school university"
    " hospital clinic pharmacy bakery cafe café coffee tours tour travel boat boats ship junk spa hall pagoda"
    " temple church cathedral pier port harbour harbor airport station company ltd co corp group taxi bus buses"
    " ward district commune province city town village square lane alley avenue apartments residence residences"
    " garden gardens palace house houses lodge inn express airlines air jet yacht premium luxury classic legend"
    " signature queen king princess prince international junior supermarket shop store mart massage karaoke club"
    " lounge bistro grill kitchen pizza food airways insurance visa card pass ticket day festival season year wine"
    " beer water brand language embassy consulate people citizens government army police office department line"
    " lines post news times radio tv app website hill hills mountain mount lake river valley peninsula gulf sea"
    " ocean grand royal golden star"
)
"""Behind a name, or in it, these make it a place's, a house's or a thing's."""
HOUSES: Final = _set(
    "hotel cruise restaurant bar pub homestay hostel guesthouse villa resort bakery pharmacy cafe café spa salon"
    " karaoke school university hospital clinic ship vessel ferry supermarket plaza bank temple pagoda church"
    " street road concert mart mall tours junk stadium museum beach market bistro lounge"
)
"""With these right before or behind, or in it, it is no person's name."""
NO_NAMES: Final = _set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december vietnam vietnamese viet nam hanoi saigon english french german chinese"
    " korean japanese british american australian russian italian spanish dutch indian thai canadian swedish"
    " danish norwegian finnish polish czech irish scottish welsh israeli european asian african europe asia africa"
    " china korea japan america australia germany france england britain ireland usa uk eu un google facebook zalo"
    " whatsapp telegram viber instagram tiktok youtube grab booking agoda airbnb klook traveloka expedia"
    " tripadvisor visa mastercard wifi wi fi gps atm usd vnd ac id sim suv tv vip led pin qr cctv christmas easter"
    " tet lunar new covid ok okay sos asap fyi ps p.s god jesus honda yamaha vinfast toyota ford kia mazda hyundai"
    " vespa samsung iphone apple nokia sony snapchat netflix lao laos cambodia singapore taiwan hong kong i m"
    " north south east west gate zone block room unit floor apt bus bridge km ql mrs mr"
)
"""With a capital everywhere, and nobody's name."""
