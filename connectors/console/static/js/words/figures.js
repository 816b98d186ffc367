export const words = {
  vi: { "figures.none": "Chưa có gì ở đây." },
  en: { "figures.none": "Nothing is here yet." },
};
