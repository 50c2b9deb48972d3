// What may be opened as a link: nothing but the web's own schemes.
export const isLink = (text: string): boolean => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
