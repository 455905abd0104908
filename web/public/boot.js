// Runs before the first paint: sets theme and language as they were chosen, so that nothing flashes.
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
  root.lang = chosen.language || (navigator.language.startsWith('ja') ? 'ja' : 'en');
})();
