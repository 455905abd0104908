package iam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"
)

// table is one kind of rows: a bucket of the file, and all of it in memory. Rows are
// replaced, never changed.
type table[T any] struct {
	bucket string
	rows   map[string]*T
}

// compiled is a row that holds more in memory than on disk.
type compiled interface{ compile() error }

func (t *table[T]) load(tx *bbolt.Tx, sum *digest) error {
	t.rows = map[string]*T{}
	b, err := tx.CreateBucketIfNotExists([]byte(t.bucket))
	if err != nil {
		return fmt.Errorf("create table %s: %w", t.bucket, err)
	}
	return b.ForEach(func(k, v []byte) error {
		sum.toggle(t.bucket, k, v)
		row := new(T)
		if err := json.Unmarshal(v, row); err != nil {
			return fmt.Errorf("read %s %q: %w", t.bucket, k, err)
		}
		if c, ok := any(row).(compiled); ok {
			if err := c.compile(); err != nil {
				return fmt.Errorf("read %s %q: %w", t.bucket, k, err)
			}
		}
		t.rows[string(k)] = row
		return nil
	})
}

// sorted returns the rows in the order of their keys.
func (t *table[T]) sorted() []*T {
	out := make([]*T, 0, len(t.rows))
	for _, k := range slices.Sorted(maps.Keys(t.rows)) {
		out = append(out, t.rows[k])
	}
	return out
}

// batch is changes that become durable, then visible, together.
type batch struct {
	disk   []func(*bbolt.Tx, *digest) error
	memory []func()
}

// put replaces or adds a row, which must not be changed afterwards.
func put[T any](b *batch, t *table[T], key string, row *T) error {
	if c, ok := any(row).(compiled); ok {
		if err := c.compile(); err != nil {
			return err
		}
	}
	value, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("encode %s %q: %w", t.bucket, key, err)
	}
	b.disk = append(b.disk, func(tx *bbolt.Tx, sum *digest) error { return write(tx, sum, t.bucket, key, value) })
	b.memory = append(b.memory, func() { t.rows[key] = row })
	return nil
}

// drop removes a row.
func drop[T any](b *batch, t *table[T], key string) {
	b.disk = append(b.disk, func(tx *bbolt.Tx, sum *digest) error { return write(tx, sum, t.bucket, key, nil) })
	b.memory = append(b.memory, func() { delete(t.rows, key) })
}

// write puts a row into the file, or removes it when value is nil.
func write(tx *bbolt.Tx, sum *digest, bucket, key string, value []byte) error {
	b := tx.Bucket([]byte(bucket))
	if old := b.Get([]byte(key)); old != nil {
		sum.toggle(bucket, []byte(key), old)
	}
	if value == nil {
		return b.Delete([]byte(key))
	}
	sum.toggle(bucket, []byte(key), value)
	return b.Put([]byte(key), value)
}
