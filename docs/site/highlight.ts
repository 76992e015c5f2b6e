// Colours code on the server, by classes and not by styles, as the content security policy wants it.
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import http from 'highlight.js/lib/languages/http';
import ini from 'highlight.js/lib/languages/ini';
import json from 'highlight.js/lib/languages/json';
import properties from 'highlight.js/lib/languages/properties';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { escapeHtml, Html } from './html.ts';

const LANGUAGES = { bash, dockerfile, http, ini, json, properties, sql, typescript, xml, yaml };
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

/** The code with spans around what means something; as it is in a language that is not known here. */
export function highlight(code: string, language: string): Html {
  if (hljs.getLanguage(language) === undefined) return new Html(escapeHtml(code));
  return new Html(hljs.highlight(code, { language, ignoreIllegals: true }).value);
}
