import './theme/tokens.css';
import './theme/reset.css';
import { createRoot } from 'react-dom/client';
import { applyPreferences } from './app/preferences';
import { App } from './app/Shell';

applyPreferences();
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
