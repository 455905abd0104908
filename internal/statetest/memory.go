// Package statetest has a small store of settings for the tests of those who keep
// theirs in one.
package statetest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"sync"
)

// Memory keeps entries by kind and key in memory. The zero value is empty. It is safe
// for concurrent use, but for the fields.
type Memory struct {
	Entries map[string]map[string][]byte
	Broken  bool // writes fail with ErrBroken

	mu sync.Mutex
}

// ErrBroken is the error of writes to what is broken.
var ErrBroken = errors.New("disk is gone")

// LoadState returns a copy of the entries of a kind.
func (m *Memory) LoadState(_ context.Context, kind string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.Entries[kind]), nil
}

// PutState adds or replaces an entry.
func (m *Memory) PutState(_ context.Context, kind, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Broken {
		return ErrBroken
	}
	if m.Entries == nil {
		m.Entries = map[string]map[string][]byte{}
	}
	if m.Entries[kind] == nil {
		m.Entries[kind] = map[string][]byte{}
	}
	m.Entries[kind][key] = bytes.Clone(value)
	return nil
}

// DeleteState removes an entry, which may be missing.
func (m *Memory) DeleteState(_ context.Context, kind, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Broken {
		return ErrBroken
	}
	delete(m.Entries[kind], key)
	return nil
}
