"""What a test asks a page, as JavaScript functions."""

from __future__ import annotations

from typing import Final

LEAST_CONTRAST: Final = 4.5
"""What WCAG 2.2 AA asks of text, whatever its size."""

UNFOLD_ALL: Final = "() => document.querySelectorAll('details').forEach(each => { each.open = true })"
FOLD_ALL: Final = "() => document.querySelectorAll('details').forEach(each => { each.open = false })"

TOO_WIDE: Final = """() => {
  const found = document.documentElement.scrollWidth > innerWidth ? ["page"] : [];
  const least = 1;  // parts of a pixel are no overflow
  for (const table of document.querySelectorAll("table")) {
    const box = table.parentElement.getBoundingClientRect();
    const own = table.getBoundingClientRect();
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(table.parentElement).overflowX);
    if (!scrolls && (own.right > box.right + least || table.scrollWidth > table.clientWidth + least)) {
      found.push("table");
    }
  }
  return found;
}"""
"""Returns `page` where it has to be scrolled sideways, and `table` for each that leaves its container."""

CONTRASTS: Final = """() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = colour => channels(colour).slice(0, 3).map(each => each / 255)
    .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0);
  const isSeen = colour => channels(colour).length === 3 || channels(colour)[3] === 1;
  const background = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (isSeen(colour)) { return colour; }
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  const contrast = (element, colour, is) => {
    const both = [luminance(colour), luminance(background(element))].sort((one, other) => other - one);
    found.push({is, contrast: (both[0] + 0.05) / (both[1] + 0.05)});
  };
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].filter(each => each.nodeType === Node.TEXT_NODE && each.data.trim());
    const name = element.localName + (element.className ? "." + element.className : "");
    if (own.length) {
      contrast(element, getComputedStyle(element).color, `${name}: ${own[0].data.trim().slice(0, 40)}`);
    }
    const before = getComputedStyle(element, "::before");
    if (!["none", "normal", '""'].includes(before.content)) {
      contrast(element, before.color, `${name}::before`);
    }
  }
  return found;
}"""
"""Returns each text, generated ones too, with its contrast: 1 is invisible, 21 black on white."""

HEIGHTS_OF_SUMMARIES: Final = """() =>
  [...document.querySelectorAll("summary")].map(each => each.getBoundingClientRect().height)"""

SHARES_OF_PATHS: Final = """() => [...document.querySelectorAll("table.properties")].map(table =>
  table.querySelector("tbody th").getBoundingClientRect().width / table.getBoundingClientRect().width)"""
"""Returns how much of each table the column of the properties' names has."""

BRIGHTNESS: Final = """() => getComputedStyle(document.documentElement).backgroundColor
  .match(/[\\d.]+/g).slice(0, 3).reduce((sum, each) => sum + each / 255 / 3, 0)"""

FIRST_FOLD: Final = """() => {
  const details = document.querySelector("details");
  const summary = details.querySelector("summary").getBoundingClientRect();
  return {
    open: details.open,
    x: summary.left + summary.width / 2,
    y: summary.top + summary.height / 2,
    shown: details.querySelector("table").checkVisibility(),
  };
}"""
"""Returns whether the first fold is open, where to click it, and whether its content is to be seen."""

UNLABELLED: Final = """() => [...document.querySelectorAll("input, textarea, button, a")]
  .filter(each => each.type !== "hidden" && !each.textContent.trim() && !each.labels?.length
    && !each.getAttribute("aria-labelledby"))
  .map(each => each.outerHTML)"""
"""Returns what a screen reader could only call by its kind."""

FOCUS: Final = """() => {
  const style = getComputedStyle(document.activeElement);
  return document.activeElement === document.body ? null : {
    is: document.activeElement.outerHTML.slice(0, 80),
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""
"""Returns where the focus is and whether that is to be seen, or null where it is nowhere."""
