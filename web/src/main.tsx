import './theme/tokens.css';
import './theme/reset.css';
import './theme/boot.css';
import { createRoot } from 'react-dom/client';
import { newQueryClient } from './api/queries';
import { askEarly } from './app/early';
import { applyPreferences } from './app/preferences';
import { App } from './app/Shell';

applyPreferences();
const client = newQueryClient();
askEarly(client);
const root = document.getElementById('root');
if (root) createRoot(root).render(<App client={client} />);
