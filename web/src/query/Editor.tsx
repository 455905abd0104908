import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
  startCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, LanguageSupport, LRLanguage, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { styleTags, tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import type { FilterFault } from '../api/queries';
import type { Completions } from './complete';
import { parser } from './filter.grammar';

export interface EditorProps {
  value: string;
  onChange(text: string): void;
  onRun(text: string): void;
  /** The expression to show after the present one when the arrow goes up in an empty box. */
  onHistory(step: 1 | -1): void;
  fault: FilterFault | null | undefined;
  complete(text: string, cursor: number, signal: AbortSignal): Promise<Completions>;
  meaning(word: string): string;
  count(n: number): string;
  label: string;
  hint: string;
  focused: boolean;
}

const language = LRLanguage.define({
  parser: parser.configure({
    props: [
      styleTags({
        'Keyword Annotation': tags.propertyName,
        CauseWord: tags.keyword,
        Operator: tags.operator,
        String: tags.string,
        Number: tags.number,
        Boolean: tags.bool,
      }),
    ],
  }),
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--accent)' },
  { tag: tags.keyword, color: 'var(--throttle-ink)' },
  { tag: tags.operator, color: 'var(--muted)' },
  { tag: [tags.string, tags.number, tags.bool], color: 'var(--ok-ink)' },
]);

const look = EditorView.theme({
  '&': { fontFamily: 'var(--mono)', fontSize: 'var(--size-13)', color: 'var(--text)', flex: '1', minWidth: '0' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--text)', lineHeight: '20px' },
  '.cm-line': { padding: '0' },
  '.cm-scroller': { fontFamily: 'inherit', maxHeight: '160px', overflow: 'auto' },
  '.cm-placeholder': { color: 'var(--muted)', fontFamily: 'var(--font)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--selected)',
  },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--fault-ink)',
    textUnderlineOffset: '3px',
  },
  '.cm-tooltip': {
    border: '1px solid var(--control)',
    borderRadius: 'var(--radius)',
    background: 'var(--page)',
    color: 'var(--text)',
    boxShadow: 'var(--shadow)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '280px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex',
    gap: '16px',
    padding: '3px 10px',
    lineHeight: '20px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--selected)',
    color: 'var(--text)',
  },
  '.cm-completionDetail': {
    marginLeft: 'auto',
    color: 'var(--muted)',
    fontFamily: 'var(--font)',
    fontStyle: 'normal',
    fontSize: 'var(--size-12)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
});

/** The filter box with completion and squiggles. It is in a chunk of its own: see FilterBox. */
export default function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  // The view outlives renders: what it calls is always the newest.
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const run = () => {
      latest.current.onRun(editor.state.doc.toString());
      return true;
    };
    const past = (step: 1 | -1) => () => {
      const empty = editor.state.doc.length === 0;
      if (!empty && !recalled) return false;
      recalled = true;
      latest.current.onHistory(step);
      return true;
    };
    let recalled = false;
    const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
      const stop = new AbortController();
      context.addEventListener('abort', () => stop.abort());
      const text = context.state.doc.toString();
      try {
        const found = await latest.current.complete(text, context.pos, stop.signal);
        return {
          from: found.from,
          filter: false,
          options: found.suggestions.map(s => ({
            label: s.text,
            detail: s.count === undefined ? s.detail || latest.current.meaning(s.text) : latest.current.count(s.count),
            type: s.kind,
          })),
        };
      } catch {
        return null;
      }
    };
    const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: latest.current.value,
        selection: { anchor: latest.current.value.length },
        extensions: [
          EditorView.cspNonce.of(nonce),
          new LanguageSupport(language),
          syntaxHighlighting(colours),
          history(),
          autocompletion({ override: [source], icons: false, activateOnTypingDelay: 120, defaultKeymap: false }),
          Prec.highest(
            keymap.of([
              { key: 'Tab', run: acceptCompletion },
              // Enter takes a suggestion only when one was picked with the arrows; see selectOnOpen.
              ...completionKeymap.filter(k => k.key !== 'Enter'),
              { key: 'Ctrl-Space', run: startCompletion },
            ]),
          ),
          keymap.of([
            { key: 'Enter', run, shift: () => false },
            { key: 'ArrowUp', run: past(1) },
            { key: 'ArrowDown', run: past(-1) },
            ...historyKeymap,
            ...defaultKeymap.filter(k => k.key !== 'Escape'),
          ]),
          placeholder(latest.current.hint),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({
            'aria-label': latest.current.label,
            spellcheck: 'false',
            autocapitalize: 'off',
          }),
          EditorView.updateListener.of(u => {
            if (!u.docChanged) return;
            if (u.transactions.some(t => t.isUserEvent('input') || t.isUserEvent('delete'))) recalled = false;
            latest.current.onChange(u.state.doc.toString());
          }),
          look,
        ],
      }),
    });
    view.current = editor;
    if (latest.current.focused) editor.focus();
    return () => editor.destroy();
  }, []);

  const { value, fault } = props;
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: value },
      selection: { anchor: value.length },
    });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor) editor.dispatch(setDiagnostics(editor.state, fault ? [diagnostic(editor.state, fault)] : []));
  }, [fault]);

  return <div ref={host} style={{ display: 'contents' }} />;
}

/** Where the server's position, in characters of a line, is in the document. */
function diagnostic(state: EditorState, fault: FilterFault): Diagnostic {
  const line = state.doc.line(Math.min(fault.line, state.doc.lines));
  const units = [...line.text].slice(0, fault.position - 1).join('').length;
  const from = Math.min(line.from + units, state.doc.length);
  const to = Math.min(from + Math.max(1, fault.symbol.length), state.doc.length);
  return {
    from: from === to ? Math.max(0, from - 1) : from,
    to,
    severity: 'error',
    message: fault.detail || fault.message,
  };
}
