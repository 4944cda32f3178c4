/** Text of a log line, cut where its colours change. */
export interface Span {
  text: string;
  className: string;
}

const ESCAPE = "\u001b";
const SEQUENCE = new RegExp(`${ESCAPE}\\[([0-9;]*)([A-Za-z])`, "g");
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** Read the colours that terminals know (SGR); other sequences are left out. */
export function spans(line: string): Span[] {
  if (!line.includes(ESCAPE)) return [{ text: line, className: "" }];
  const found: Span[] = [];
  let style = { colour: "", bold: false };
  let end = 0;
  const add = (text: string) => {
    const className = [style.colour && `ansi-${style.colour}`, style.bold && "ansi-bold"]
      .filter(Boolean)
      .join(" ");
    if (text) found.push({ text, className });
  };
  for (const match of line.matchAll(SEQUENCE)) {
    add(line.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[2] === "m") style = styled(style, match[1] ?? "");
  }
  add(line.slice(end));
  return found;
}

function styled(style: { colour: string; bold: boolean }, codes: string) {
  let now = { ...style };
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) now = { colour: "", bold: false };
    else if (code === 1) now.bold = true;
    else if (code === 22) now.bold = false;
    else if (code === 39) now.colour = "";
    else if (code >= 30 && code <= 37) now.colour = COLOURS[code - 30] ?? "";
    else if (code >= 90 && code <= 97) now.colour = COLOURS[code - 90] ?? "";
  }
  return now;
}

/** The text without its colours. */
export function plain(line: string): string {
  return line.includes(ESCAPE) ? line.replace(SEQUENCE, "") : line;
}
