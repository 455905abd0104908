package iamapi

// stacksOperations are those of CloudFormation, which does not exist here. eksctl asks which
// stacks it has made, for roles and clusters, when it deletes an add-on, changes an association
// or lists clusters. It has made none, and goes on. What would make one is no operation.
var stacksOperations = map[string]operation{
	"ListStacks": {serve: listStacks, resource: func(*call) string { return "*" }},
}

// listStacks answers that there are none, whatever states of stacks are asked for.
func listStacks(*call) (any, error) {
	return struct{ StackSummaries members[nothing] }{}, nil
}
