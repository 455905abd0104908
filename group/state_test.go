package group_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"sync"
)

// memory is a State in memory.
type memory struct {
	mu      sync.Mutex
	entries map[string]map[string][]byte
	broken  bool // writes fail
}

var errBroken = errors.New("disk is gone")

func (m *memory) LoadState(_ context.Context, kind string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.entries[kind]), nil
}

func (m *memory) PutState(_ context.Context, kind, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errBroken
	}
	if m.entries == nil {
		m.entries = map[string]map[string][]byte{}
	}
	if m.entries[kind] == nil {
		m.entries[kind] = map[string][]byte{}
	}
	m.entries[kind][key] = bytes.Clone(value)
	return nil
}

func (m *memory) DeleteState(_ context.Context, kind, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errBroken
	}
	delete(m.entries[kind], key)
	return nil
}
