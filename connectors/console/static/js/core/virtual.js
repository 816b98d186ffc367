// A list of any length of which only what is seen is drawn. All rows have one height.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/preact/htm-preact.js";

const MARGIN = 8;

/**
 * @param items what is listed
 * @param keyOf id of an item, unique in the list
 * @param row draws one: (item, index, selected) => html with the classes of its own
 * @param height of a row, px
 * @param selected id of the selected item
 * @param onSelect told the id of an item that was chosen by key or pointer
 * @param onOpen told the id of an item that was opened by Enter or a second click
 * @param label name for those who hear the list, count of columns in `columns`
 */
export function VirtualList({ items, keyOf, row, height, selected, onSelect, onOpen, label, columns, head }) {
  const box = useRef(null);
  const [seen, setSeen] = useState({ top: 0, height: 800 });

  useLayoutEffect(() => {
    const element = box.current;
    const look = () =>
      setSeen((old) => {
        const top = Math.floor(element.scrollTop / height) * height;
        return old.top === top && old.height === element.clientHeight ? old : { top, height: element.clientHeight };
      });
    const watch = new ResizeObserver(look);
    watch.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      watch.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [height]);

  const index = selected ? items.findIndex((item) => keyOf(item) === selected) : -1;
  const drawn = useRef(null);
  useEffect(() => {
    // Only a new selection scrolls: news must not move what somebody reads.
    if (drawn.current === selected || index < 0) return;
    drawn.current = selected;
    const element = box.current;
    const headHeight = element.firstElementChild?.dataset.head ? element.firstElementChild.offsetHeight : 0;
    const top = index * height;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + element.clientHeight - headHeight) {
      element.scrollTop = top + height - element.clientHeight + headHeight;
    }
  }, [selected, index]);

  const first = Math.max(0, Math.floor(seen.top / height) - MARGIN);
  const last = Math.min(items.length, Math.ceil((seen.top + seen.height) / height) + MARGIN);
  const id = (key) => `row-${key}`;
  return html`<div class="virtual" ref=${box} tabindex="0" role="grid" aria-label=${label} aria-rowcount=${items.length + 1}
      aria-colcount=${columns} aria-activedescendant=${index >= first && index < last ? id(selected) : undefined}>
    ${head && html`<div class="virtual-head" data-head="1" role="row" aria-rowindex="1">${head}</div>`}
    <div class="virtual-body" role="rowgroup" style=${{ height: `${items.length * height}px` }}>
      ${items.slice(first, last).map((item, at) => {
        const key = keyOf(item);
        const place = first + at;
        return html`<div key=${key} id=${id(key)} role="row" aria-rowindex=${place + 2} aria-selected=${key === selected}
            class=${`virtual-row${key === selected ? " selected" : ""}`}
            style=${{ height: `${height}px`, transform: `translateY(${place * height}px)` }}
            onClick=${() => onSelect?.(key)} onDblClick=${() => onOpen?.(key)}>${row(item, place, key === selected)}</div>`;
      })}
    </div>
  </div>`;
}

/** Keys that move in a list: bindings for `useKeys`. */
export function moves({ items, keyOf, selected, onSelect, onOpen }) {
  const at = () => items.findIndex((item) => keyOf(item) === selected);
  const to = (place) => {
    if (!items.length) return false;
    onSelect(keyOf(items[Math.max(0, Math.min(items.length - 1, place))]));
    return true;
  };
  return [
    { key: ["j", "ArrowDown"], label: "keys.next", group: "keys.list", run: () => to(at() + 1) },
    { key: ["k", "ArrowUp"], label: "keys.previous", group: "keys.list", run: () => to(Math.max(0, at() - 1)) },
    { key: ["PageDown"], run: () => to(at() + 10) },
    { key: ["PageUp"], run: () => to(at() - 10) },
    { key: ["Home"], run: () => to(0) },
    { key: ["End"], run: () => to(items.length - 1) },
    { key: ["Enter", "o"], label: "keys.open", group: "keys.list", run: () => (selected ? onOpen(selected) : false) },
  ];
}
