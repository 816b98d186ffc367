export const words = {
  vi: { "silences.none": "Chưa có gì ở đây." },
  en: { "silences.none": "Nothing is here yet." },
};
