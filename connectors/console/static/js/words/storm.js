export const words = {
  vi: { "storm.none": "Chưa có gì ở đây." },
  en: { "storm.none": "Nothing is here yet." },
};
