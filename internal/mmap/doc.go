// Package mmap gives read-only access to whole files as memory: mapped where the
// system can, read otherwise.
package mmap
