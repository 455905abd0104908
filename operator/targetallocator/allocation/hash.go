package allocation

import "hash/fnv"

// hash is FNV-1a, which is the same in every process: a seeded hash would make replicas
// disagree.
func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // never fails
	return mix(h.Sum64())
}

// mix spreads close values far apart (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// ring holds the collectors with their hashes, in the order of their names.
type ring []hashed

type hashed struct {
	name string
	hash uint64
}

func newRing(collectors []Collector) ring {
	out := make(ring, len(collectors))
	for i, c := range collectors {
		out[i] = hashed{c.Name, hash(c.Name)}
	}
	return out
}

// owner returns the collector of a key, "" when there is none. Of equal ones the first by name
// wins.
func (r ring) owner(key string) string {
	k := hash(key)
	var best uint64
	var owner string
	for _, c := range r {
		if score := mix(c.hash ^ k); owner == "" || score > best {
			best, owner = score, c.name
		}
	}
	return owner
}
