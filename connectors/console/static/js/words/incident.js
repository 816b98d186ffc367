export const words = {
  vi: { "incident.none": "Chưa có gì ở đây." },
  en: { "incident.none": "Nothing is here yet." },
};
