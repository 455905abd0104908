/** Our own drawings on a grid of 16, strokes of 1.5. */
const drawings = {
  map: 'M3 4.5a1.5 1.5 0 1 0 0-.01M13 3a1.5 1.5 0 1 0 0-.01M12 13a1.5 1.5 0 1 0 0-.01M4.5 4.4 11.5 3.3M4 5.7l7 6.2M13 4.5l-.6 7',
  traces: 'M2 3h7M4 6.4h9M6 9.7h5M4 13h6',
  analytics: 'M2.5 13.5v-5M6.2 13.5v-10M9.8 13.5v-7M13.5 13.5v-4',
  insights:
    'M8 2v1.5M3.4 3.9l1 1M12.6 3.9l-1 1M5.5 8.5a2.5 2.5 0 1 1 5 0c0 1.2-1 1.7-1.2 3H6.7C6.5 10.200 5.500 9.700 5.500 8.500M6.700 13.500h2.600',
  sampling: 'M2.5 3.500h11L9.500 8.500v4.500l-3-1.500v-3z',
  groups: 'M2.500 2.500h5v5h-5zM8.500 8.500h5v5h-5zM10.500 3v4M8.500 5h4M3.500 11h4',
  sources:
    'M8 8.200v5.300M4.600 5a4.600 4.600 0 0 0 0 6.400M11.400 5a4.600 4.600 0 0 1 0 6.400M8 8.200a.5.5 0 1 0 0-.01M2.600 3a7.500 7.500 0 0 0 0 10.400M13.400 3a7.500 7.500 0 0 1 0 10.400',
  start: 'M4 2.500v11M4 3h8l-2 2.800L12 8.500H4',
  settings: 'M2.500 4.500h6M11.500 4.500h2M2.500 11.500h2M7.500 11.500h6M10 3v3M6 10v3',
  status: 'M1.500 8.500h3l1.800-5 3 9 2-6 1 2h2.200',
  search: 'M7 12a5 5 0 1 1 0-10 5 5 0 0 1 0 10zM10.700 10.700 14 14',
  refresh: 'M13 8a5 5 0 1 1-1.600-3.700M13.300 2v3h-3',
  live: 'M5.500 3.500v9l7-4.500z',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  share: 'M8 9.500V2M5.200 4.500 8 2l2.800 2.500M3 8v5.500h10V8',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'M3.500 3.500l9 9M12.500 3.500l-9 9',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4 6 8l4 4',
  up: 'M4 10l4-4 4 4',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  columns: 'M2.500 3h11v10h-11zM6.200 3v10M9.800 3v10',
  check: 'M3 8.500l3.200 3L13 4.500',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  open: 'M6.500 3H3v10h10V9.500M9 2.500h4.500V7M13.300 2.700 7.500 8.500',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  theme: 'M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11',
  clock: 'M8 14A6 6 0 1 1 8 2a6 6 0 0 1 0 12zM8 4.500V8l2.500 1.500',
  user: 'M8 8a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600zM2.800 13.500a5.200 5.200 0 0 1 10.400 0',
  help: 'M5.500 6a2.500 2.500 0 1 1 3.600 2.200c-.7.4-1.100.8-1.100 1.600M8 12.500v.01',
  info: 'M8 14A6 6 0 1 1 8 2a6 6 0 0 1 0 12zM8 7.500V11M8 5v.01',
  warning: 'M8 2.500 14 13H2zM8 6.500v3M8 11.300v.01',
  download: 'M8 2v8M4.800 7 8 10l3.200-3M3 13.500h10',
  collapse: 'M9.500 4 5.500 8l4 4M12.500 3v10',
  expand: 'M6.500 4l4 4-4 4M3.500 3v10',
} as const;

export type IconName = keyof typeof drawings;

/** A decorative drawing in the colour of the text; what it means must be said beside it or by a label. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={drawings[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
