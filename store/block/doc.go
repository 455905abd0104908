// Package block is the embedded engine: a trace store in one directory, without a
// second process.
//
// Start with [Open] and [Store]. A document goes through three places:
//
//   - the log (log.go): CRC32C-framed batches. A batch is acknowledged when it is
//     there;
//   - the head (head.go): the documents of recent batches and, a moment after a
//     trace has become quiet, its row: the encoded summary. A full head is frozen
//     and written;
//   - blocks (block.go): immutable files with pages of documents, stripes of rows,
//     a trace index and rollups. Small blocks are merged, old ones dropped.
//
// A frozen head and a block are both a part: they hold rows. For any trace the row
// in the newest part is the live one; older rows of the trace are dead. The
// documents of a trace may be spread over parts. The part that brings a new row
// subtracts the old row's observations in its own rollups, so that rollups of all
// parts can simply be added up.
//
// Locks are taken in this order: maintenance, settle, log, mu. Only mu is needed
// to look at the state; it is never held across I/O.
//
// The formats are drawn in docs/format.
package block
