//go:build unix

package mmap

import (
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"
)

// File is a mapped file.
type File struct{ data []byte }

// Open maps the file at path.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := mapFile(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("map %s: %w", path, err), f.Close())
	}
	return &File{data: data}, f.Close()
}

func mapFile(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	switch {
	case size == 0:
		return nil, nil
	case size > math.MaxInt:
		return nil, errors.New("file is too large for the address space")
	}
	return syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
}

// Bytes returns the content. It must not be written to, nor used after Close.
func (f *File) Bytes() []byte { return f.data }

// Close unmaps the file.
func (f *File) Close() error {
	if f.data == nil {
		return nil
	}
	err := syscall.Munmap(f.data)
	f.data = nil
	return err
}
