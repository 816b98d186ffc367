export const words = {
  vi: { "map.none": "Chưa có gì ở đây." },
  en: { "map.none": "Nothing is here yet." },
};
