import type { ReactNode } from 'react';
import { Link as RouterLink, useSearch } from 'wouter';
import { link, type Shared } from '../url/shared';

/** A link inside the console. It takes the shared parameters along, and the filter with keepFilter. */
export function Link({
  to,
  params,
  keepFilter = false,
  className,
  title,
  current,
  onClick,
  onMouseEnter,
  children,
}: {
  to: string;
  params?: Partial<Shared> & Record<string, unknown>;
  keepFilter?: boolean;
  className?: string | undefined;
  title?: string | undefined;
  current?: boolean;
  onClick?(): void;
  onMouseEnter?(): void;
  children: ReactNode;
}) {
  const search = useSearch();
  return (
    <RouterLink
      href={link(to, search, params, { q: keepFilter })}
      {...(className ? { className } : {})}
      {...(title ? { title } : {})}
      {...(current ? { 'aria-current': 'page' as const } : {})}
      {...(onClick ? { onClick } : {})}
      {...(onMouseEnter ? { onMouseEnter } : {})}
    >
      {children}
    </RouterLink>
  );
}
