package main

import "context"

// pager is a paginator of the AWS SDK for pages P.
type pager[P, O any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*O)) (*P, error)
}

// gather asks for all pages and returns what is in them. It is never nil without an error.
func gather[P, O, T any](ctx context.Context, pages pager[P, O], items func(*P) []T) ([]T, error) {
	found := []T{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, items(page)...)
	}
	return found, nil
}
