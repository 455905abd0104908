package trace

import (
	"cmp"
	"slices"
)

// Node names a node of the service graph.
type Node struct {
	Name      string
	Type      string // origin, "client", "remote", or empty
	AccountID string // empty for the own account
}

// NodeTypeClient is the Type of the node that stands for a root's callers;
// NodeTypeRemote that of called hosts that send no segments.
const (
	NodeTypeClient = "client"
	NodeTypeRemote = "remote"
	NodeTypeSQL    = "Database::SQL"
)

// Compare orders nodes by name, type and account.
func (n Node) Compare(o Node) int {
	return cmp.Or(cmp.Compare(n.Name, o.Name), cmp.Compare(n.Type, o.Type), cmp.Compare(n.AccountID, o.AccountID))
}

// node returns the node of the segment e.
func (t *Trace) node(e *Entity) Node {
	if e.Inferred {
		return t.calledNode(e.Parent)
	}
	return Node{Name: e.Name, Type: e.Origin, AccountID: t.account(e)}
}

// calledNode returns the node that the call e leads to as its caller knows it.
func (t *Trace) calledNode(e *Entity) Node {
	name, typ := e.Resource()
	return Node{Name: name, Type: typ, AccountID: t.account(e)}
}

func (t *Trace) account(e *Entity) string {
	if e.AWS == nil || e.AWS.AccountID == t.Account {
		return ""
	}
	return e.AWS.AccountID
}

// nodeSet collects distinct nodes.
type nodeSet struct {
	nodes []Node
	index map[Node]int // once there are many
}

// searchedNodes is how many nodes a nodeSet searches one by one.
const searchedNodes = 16

// add returns the place of n in the set, which it joins if it is new.
func (s *nodeSet) add(n Node) int {
	if s.index != nil {
		i, known := s.index[n]
		if !known {
			i = len(s.nodes)
			s.index[n] = i
			s.nodes = append(s.nodes, n)
		}
		return i
	}
	if i := slices.Index(s.nodes, n); i >= 0 {
		return i
	}
	s.nodes = append(s.nodes, n)
	if len(s.nodes) > searchedNodes {
		s.index = make(map[Node]int, 2*len(s.nodes))
		for i, n := range s.nodes {
			s.index[n] = i
		}
	}
	return len(s.nodes) - 1
}

// sort sorts the nodes and returns the new place of each.
func (s *nodeSet) sort() (places []int) {
	order := make([]int, len(s.nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return s.nodes[i].Compare(s.nodes[j]) })
	places = make([]int, len(order))
	sorted := make([]Node, len(order))
	for place, i := range order {
		places[i] = place
		sorted[place] = s.nodes[i]
	}
	s.nodes, s.index = sorted, nil
	return places
}
