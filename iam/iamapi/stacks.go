package iamapi

import "github.com/radiograph/radiograph/iam"

// stacksOperations are those of CloudFormation, which does not exist here. eksctl asks which
// stacks it has made, for roles and clusters, when it deletes an add-on, takes an association
// away, changes one or lists clusters. It has made none, and goes on. What would make one is no
// operation.
var stacksOperations = map[string]operation{
	"ListStacks":     {serve: listStacks, resource: anyStack},
	"DescribeStacks": {serve: describeStacks, resource: anyStack},
}

func anyStack(*call) string { return "*" }

// listStacks answers that there are none, whatever states of stacks are asked for.
func listStacks(*call) (any, error) {
	return struct{ StackSummaries members[nothing] }{}, nil
}

// describeStacks answers that there are none, or that the one that is asked for is not there.
// The message is CloudFormation's: clients look for its words.
func describeStacks(c *call) (any, error) {
	if name := c.values["StackName"]; name != "" {
		return nil, iam.Errorf(iam.ValidationError, "Stack with id %s does not exist", name)
	}
	return struct{ Stacks members[nothing] }{}, nil
}
