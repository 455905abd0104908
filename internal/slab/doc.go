// Package slab hands out memory that is taken back all at once: runs of values,
// arrays whose lengths show only at their ends, and pieces of text. What decodes
// or encodes much does so without allocating.
package slab
