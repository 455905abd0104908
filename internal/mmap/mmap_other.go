//go:build !unix

package mmap

import "os"

// File is a file in memory.
type File struct{ data []byte }

// Open reads the file at path.
func Open(path string) (*File, error) {
	data, err := os.ReadFile(path)
	return &File{data: data}, err
}

// Bytes returns the content. It must not be written to, nor used after Close.
func (f *File) Bytes() []byte { return f.data }

// Close releases the memory.
func (f *File) Close() error {
	f.data = nil
	return nil
}
