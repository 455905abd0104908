import './theme/tokens.css';
import './theme/reset.css';
import './theme/boot.css';
import { createRoot } from 'react-dom/client';
import { newQueryClient } from './api/queries';
import { askEarly } from './app/early';
import { applyPreferences } from './app/preferences';
import { App } from './app/Shell';
import { session } from './login/access';

applyPreferences();
const client = newQueryClient();
askEarly(client);
const root = document.getElementById('root');
// Until it is known who one is there is nothing to show but the frame that the start page has.
void client.prefetchQuery(session()).then(() => {
  if (root) createRoot(root).render(<App client={client} />);
});
