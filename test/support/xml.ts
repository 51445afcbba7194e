/** An element of an XML document, as strict readers see it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own character data, references resolved. */
  readonly text: string;
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** Char of XML 1.0 (W3C, 2.2) turned around. */
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const token =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<\/([A-Za-z_][\w.:-]*)\s*>|<([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;

/** Root of a document, or an error that says where it stops being well-formed (no DTD, comment or instruction is known). */
export function parseXml(document: string): XmlElement {
  const bad = forbidden.exec(document);
  if (bad !== null) throw new Error(`forbidden character ${JSON.stringify(bad[0])} at ${bad.index}`);
  const start = /^<\?xml version="1\.0"(?: encoding="UTF-8")?\?>\s*/.exec(document)?.[0].length ?? 0;
  const top = { name: '', attributes: {}, children: [] as XmlElement[], text: '' };
  const open = [top];
  token.lastIndex = start;
  while (token.lastIndex < document.length) {
    const at = token.lastIndex;
    const found = token.exec(document);
    if (found === null) throw new Error(`not well-formed at ${at}: ${document.slice(at, at + 80)}`);
    const [, cdata, closed, opened, attributes = '', empty, text] = found;
    const here = open.at(-1) as typeof top;
    if (cdata !== undefined) here.text += cdata;
    else if (text !== undefined) {
      if (text.includes(']]>')) throw new Error(`]]> in text at ${at}`);
      here.text += resolve(text, at);
    } else if (closed !== undefined) {
      if (open.length === 1 || here.name !== closed)
        throw new Error(`</${closed}> closes <${here.name}> at ${at}`);
      open.pop();
    } else {
      const element = {
        name: opened as string,
        attributes: attributesOf(attributes, at),
        children: [],
        text: '',
      };
      here.children.push(element);
      if (empty === '') open.push(element);
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)?.name}> is never closed`);
  const [root, ...more] = top.children;
  if (root === undefined || more.length > 0 || top.text.trim() !== '')
    throw new Error('not one root element');
  return root;
}

/** All elements of a name, in document order. */
export function elementsOf(root: XmlElement, name: string): XmlElement[] {
  return [
    ...(root.name === name ? [root] : []),
    ...root.children.flatMap((child) => elementsOf(child, name)),
  ];
}

function attributesOf(text: string, at: number): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [, name = '', first, second] of text.matchAll(/([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (Object.hasOwn(result, name)) throw new Error(`attribute ${name} twice at ${at}`);
    // Attribute-value normalisation (3.3.3): white space is blanks.
    result[name] = resolve((first ?? second ?? '').replace(/[\t\n\r]/g, ' '), at);
  }
  return result;
}

function resolve(text: string, at: number): string {
  return text.replace(/&([^;&\s]*;)?/g, (whole, reference: string | undefined) => {
    const name = reference?.slice(0, -1) ?? '';
    const digits = /^#(?:x([\da-fA-F]+)|(\d+))$/.exec(name);
    const character =
      digits === null
        ? named[name]
        : String.fromCodePoint(digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16));
    if (character === undefined || forbidden.test(character)) throw new Error(`reference ${whole} at ${at}`);
    return character;
  });
}
