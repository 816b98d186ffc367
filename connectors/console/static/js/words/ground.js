// Words of every map.

export const words = {
  vi: {
    "ground.zoom_in": "Phóng to",
    "ground.zoom_out": "Thu nhỏ",
  },
  en: {
    "ground.zoom_in": "Zoom in",
    "ground.zoom_out": "Zoom out",
  },
};
