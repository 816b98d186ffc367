// Elements for what third parties draw in: nodes only, so that nothing that was sent becomes markup.

/** An element with a class and children: texts and elements. */
export function el(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children.filter((each) => each !== null && each !== undefined && each !== ""));
  return element;
}
