export const words = {
  vi: { "quality.none": "Chưa có gì ở đây." },
  en: { "quality.none": "Nothing is here yet." },
};
