// Runs before the first paint: sets theme, language and the rail as they were chosen, so that nothing
// flashes, has asked who one is, and has the code of the page fetched that the address names, beside that of the console.
(() => {
  const root = document.documentElement;
  let chosen = {};
  try {
    chosen = JSON.parse(localStorage.getItem('radiograph.preferences') || '{}');
  } catch {
    // Storage is blocked or damaged: the defaults do.
  }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const more = matchMedia('(prefers-contrast: more)').matches;
  const theme = chosen.theme || 'system';
  let name = theme;
  if (theme === 'contrast' || (theme === 'system' && more)) name = dark ? 'contrast-dark' : 'contrast-light';
  else if (theme === 'system') name = dark ? 'dark' : 'light';
  root.dataset.theme = name;
  root.dataset.rail = chosen.rail || 'open';
  root.lang = chosen.language || (navigator.language.startsWith('ja') ? 'ja' : 'en');

  const ask = document.createElement('link');
  ask.rel = 'preload';
  ask.as = 'fetch';
  ask.crossOrigin = '';
  ask.href = 'console/v1/session';
  document.head.append(ask);

  const [first = 'map', second] = location.pathname
    .slice(new URL(document.baseURI).pathname.length)
    .split('/')
    .filter(Boolean);
  const page = first === 'traces' && second ? 'trace' : first;
  // vite.config.ts writes the files of each page: "map a.js b.css;traces …".
  const chunks = document.querySelector('meta[name="chunks"]').content.split(';');
  const files =
    chunks
      .find(c => c.startsWith(`${page} `))
      ?.split(' ')
      .slice(1) ?? [];
  for (const file of files) {
    const link = document.createElement('link');
    link.crossOrigin = '';
    if (file.endsWith('.css')) {
      link.rel = 'preload';
      link.as = 'style';
    } else link.rel = 'modulepreload';
    link.href = file;
    document.head.append(link);
  }
})();
