import { Component, type ReactNode } from 'react';
import { Problem } from '../ui';

/** Puts a card in place of a part that broke; the rest works on. A new key tries again. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return <Problem error={this.state.error} onRetry={() => this.setState({ error: undefined })} />;
  }
}
