package xrayapi

import (
	"context"
	"encoding/json"
	"fmt"
)

// The kinds of entries in the store's state that this package owns.
const (
	stateTags        = "tags"              // by ARN
	statePolicies    = "resource-policies" // by name
	stateEncryption  = "encryption"        // one entry
	stateDestination = "segment-destination"
	stateIndexing    = "indexing-rules" // by name

	stateKeyOnly = "default" // the key of kinds with one entry
)

// loadAll returns the entries of a kind by key.
func loadAll[T any](ctx context.Context, a *API, kind string) (map[string]T, error) {
	raw, err := a.opts.Store.LoadState(ctx, kind)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", kind, err)
	}
	all := make(map[string]T, len(raw))
	for key, value := range raw {
		var v T
		if err := json.Unmarshal(value, &v); err != nil {
			return nil, fmt.Errorf("decode %s %q: %w", kind, key, err)
		}
		all[key] = v
	}
	return all, nil
}

// load returns the entry with that key; ok is false without one.
func load[T any](ctx context.Context, a *API, kind, key string) (value T, ok bool, err error) {
	all, err := loadAll[T](ctx, a, kind)
	if err != nil {
		return value, false, err
	}
	value, ok = all[key]
	return value, ok, nil
}

// save writes the entry with that key.
func save[T any](ctx context.Context, a *API, kind, key string, value T) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s %q: %w", kind, key, err)
	}
	if err := a.opts.Store.PutState(ctx, kind, key, raw); err != nil {
		return fmt.Errorf("save %s %q: %w", kind, key, err)
	}
	return nil
}

// remove deletes the entry with that key.
func remove(ctx context.Context, a *API, kind, key string) error {
	if err := a.opts.Store.DeleteState(ctx, kind, key); err != nil {
		return fmt.Errorf("remove %s %q: %w", kind, key, err)
	}
	return nil
}
