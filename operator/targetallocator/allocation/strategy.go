package allocation

import "fmt"

// Strategy says how targets are spread over collectors.
type Strategy string

const (
	// ConsistentHashing gives a target to the collector with the highest common hash
	// (rendezvous hashing): a collector that joins takes targets only for itself, and of one
	// that leaves only its own targets move.
	ConsistentHashing Strategy = "consistent-hashing"
	// LeastWeighted gives a target to the collector with the fewest.
	LeastWeighted Strategy = "least-weighted"
	// PerNode gives a target to a collector on the target's node.
	PerNode Strategy = "per-node"
)

// ParseStrategy reads the name of a strategy; "" is consistent hashing.
func ParseStrategy(name string) (Strategy, error) {
	switch s := Strategy(name); s {
	case "":
		return ConsistentHashing, nil
	case ConsistentHashing, LeastWeighted, PerNode:
		return s, nil
	default:
		return "", fmt.Errorf("%q is no allocation strategy: %s, %s or %s is", name, ConsistentHashing, LeastWeighted, PerNode)
	}
}

// Collector is one that targets can be given to.
type Collector struct {
	// Name is what it asks with, the name of its pod.
	Name string
	// Node is where it runs, "" when that is not known.
	Node string
}

// Target is something to scrape.
type Target struct {
	// Key tells targets apart, and is the same as long as it is the same target.
	Key string
	// Node is where it runs, "" when it runs on none or that is not known.
	Node string
}
