package iamapi_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
)

// eksctlStacks is what eksctl sends when it has deleted an add-on, and before it changes a pod
// identity association or lists clusters.
const eksctlStacks = "Action=ListStacks&StackStatusFilter.member.1=CREATE_IN_PROGRESS&StackStatusFilter.member.10=UPDATE_COMPLETE_CLEANUP_IN_PROGRESS&StackStatusFilter.member.2=CREATE_FAILED&Version=2010-05-15"

// TestNoStacks asks which stacks eksctl has made. There are none, and none can be made.
func TestNoStacks(t *testing.T) {
	r := newRig(t)
	resp := r.signed(eksctlStacks, "cloudformation")
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		XMLName xml.Name
		Result  struct {
			Summaries *struct {
				Member []string `xml:"member"`
			} `xml:"StackSummaries"`
			NextToken *string
		} `xml:"ListStacksResult"`
		RequestID string `xml:"ResponseMetadata>RequestId"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if resp.StatusCode != http.StatusOK || answer.XMLName.Local != "ListStacksResponse" || answer.XMLName.Space != "http://cloudformation.amazonaws.com/doc/2010-05-15/" ||
		answer.Result.Summaries == nil || len(answer.Result.Summaries.Member) > 0 || answer.Result.NextToken != nil || answer.RequestID == "" {
		t.Errorf("the answer is %d %s", resp.StatusCode, body)
	}
	resp = r.signed("Action=DescribeStacks&Version=2010-05-15", "cloudformation")
	if body, err = io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "<DescribeStacksResult><Stacks></Stacks></DescribeStacksResult>") {
		t.Errorf("all stacks are %d %s", resp.StatusCode, body)
	}
	for name, tc := range map[string]struct {
		resp *http.Response
		want string
	}{
		"without a signature":             {r.post(eksctlStacks), "MissingAuthenticationToken"},
		"signed for another service":      {r.signed(eksctlStacks, "iam"), "SignatureDoesNotMatch"},
		"a stack":                         {r.signed("Action=DescribeStacks&StackName=eksctl-demo-addon-adot&Version=2010-05-15", "cloudformation"), "ValidationError</Code><Message>Stack with id eksctl-demo-addon-adot does not exist</Message>"},
		"an operation that makes a stack": {r.signed("Action=CreateStack&Version=2010-05-15", "cloudformation"), "InvalidAction"},
		"an operation of IAM":             {r.signed("Action=ListRoles&Version=2010-05-15", "cloudformation"), "InvalidAction"},
	} {
		body, err := io.ReadAll(tc.resp.Body)
		if err != nil || tc.resp.StatusCode == http.StatusOK || !strings.Contains(string(body), "<Code>"+tc.want) {
			t.Errorf("%s: %d %s %v, want %s", name, tc.resp.StatusCode, body, err, tc.want)
		}
	}
	r.admin = r.createUser("reader", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`)
	if resp := r.signed(eksctlStacks, "cloudformation"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("who may not list stacks is answered %d", resp.StatusCode)
	}
	r.admin = r.createUser("lister", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudformation:ListStacks","Resource":"*"}]}`)
	if resp := r.signed(strings.TrimSuffix(eksctlStacks, "&Version=2010-05-15"), "cloudformation"); resp.StatusCode != http.StatusOK {
		t.Errorf("without a version the answer is %d", resp.StatusCode)
	}
}
