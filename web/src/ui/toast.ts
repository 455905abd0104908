import { create } from 'zustand';

export interface ToastMessage {
  id: number;
  text: string;
  kind: 'note' | 'problem';
  action?: { label: string; run(): void };
}

export const useToasts = create<{ toasts: readonly ToastMessage[] }>(() => ({ toasts: [] }));

let last = 0;

/** Says something short at the edge of the page. Notes go by themselves, problems stay until they are closed. */
export function toast(
  text: string,
  options: { kind?: ToastMessage['kind']; action?: ToastMessage['action'] } = {},
): void {
  const id = ++last;
  const { kind = 'note', action } = options;
  const message: ToastMessage = { id, text, kind, ...(action ? { action } : {}) };
  useToasts.setState(s => ({ toasts: [...s.toasts.filter(t => t.text !== text), message].slice(-4) }));
  if (kind === 'note' && !action) setTimeout(() => dismiss(id), 5000);
}

export function dismiss(id: number): void {
  useToasts.setState(s => ({ toasts: s.toasts.filter(t => t.id !== id) }));
}
