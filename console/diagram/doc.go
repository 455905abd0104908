// Package diagram draws service maps: as SVG with a layered layout of its own, as
// Graphviz DOT and as Mermaid. It does no I/O but writing to what it is given.
//
// Start with [Map]. The same map gives the same drawing.
package diagram
