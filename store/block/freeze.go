package block

import "slices"

// freeze replaces the head by an empty one and makes what it was a part, if it has
// any rows. What is not settled moves on to the new head.
func (s *Store) freeze() error {
	s.settleMu.Lock()
	defer s.settleMu.Unlock()
	s.wal.mu.Lock()
	defer s.wal.mu.Unlock()
	if err := s.wal.begin(); err != nil { // so that older files can go with the frozen head
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.head.rows) == 0 {
		return nil
	}
	old, next := s.head, newHead()
	old.carry(next, s.now())
	s.head = next
	s.parts = append(slices.Clone(s.parts), &part{content: freezeHead(old, s.wal.seq)})
	return nil
}
