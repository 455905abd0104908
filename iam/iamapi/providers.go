package iamapi

import (
	"github.com/radiograph/radiograph/iam"
)

func createProvider(c *call) (any, error) {
	raw := c.required("Url", 1, 255, nil)
	tags, err := c.tags()
	if err == nil {
		err = c.err()
	}
	if err != nil {
		return nil, err
	}
	issuer, err := iam.ParseIssuer(raw)
	if err != nil {
		return nil, err
	}
	p, err := c.dir.CreateProvider(c.ctx, iam.Provider{
		URL: issuer, ClientIDs: c.list("ClientIDList", ""), Thumbprints: c.list("ThumbprintList", ""), Tags: tags,
	})
	if err != nil {
		return nil, err
	}
	return &struct {
		OpenIDConnectProviderArn string
		Tags                     members[tagXML]
	}{c.dir.ProviderARN(p), showTags(p.Tags)}, nil
}

func getProvider(c *call) (any, error) {
	arn := c.providerARN()
	if err := c.err(); err != nil {
		return nil, err
	}
	p, err := c.dir.Provider(arn)
	if err != nil {
		return nil, err
	}
	return &struct {
		Url            string
		ClientIDList   members[string]
		ThumbprintList members[string]
		CreateDate     string
		Tags           members[tagXML]
	}{p.URL, members[string]{p.ClientIDs}, members[string]{p.Thumbprints}, stamp(p.Created), showTags(p.Tags)}, nil
}

// listProviders has no pages in the API.
func listProviders(c *call) (any, error) {
	type entryXML struct{ Arn string }
	out := &struct{ OpenIDConnectProviderList members[entryXML] }{}
	for _, p := range c.dir.Providers() {
		out.OpenIDConnectProviderList.Member = append(out.OpenIDConnectProviderList.Member, entryXML{c.dir.ProviderARN(p)})
	}
	return out, nil
}

func deleteProvider(c *call) (any, error) {
	arn := c.providerARN()
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.DeleteProvider(c.ctx, arn)
}

func addClientID(c *call) (any, error) {
	arn, clientID := c.providerARN(), c.required("ClientID", 1, 255, nil)
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.AddClientID(c.ctx, arn, clientID)
}

func removeClientID(c *call) (any, error) {
	arn, clientID := c.providerARN(), c.required("ClientID", 1, 255, nil)
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.RemoveClientID(c.ctx, arn, clientID)
}

func updateThumbprint(c *call) (any, error) {
	arn, list := c.providerARN(), c.list("ThumbprintList", "")
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.ChangeProvider(c.ctx, arn, func(p *iam.Provider) error { p.Thumbprints = list; return nil })
}

func tagProvider(c *call) (any, error) {
	arn := c.providerARN()
	return c.retag(c.addTags, func(change retagging) error {
		return c.dir.ChangeProvider(c.ctx, arn, func(p *iam.Provider) error { return change(&p.Tags) })
	})
}

func untagProvider(c *call) (any, error) {
	arn := c.providerARN()
	return c.retag(c.dropTags, func(change retagging) error {
		return c.dir.ChangeProvider(c.ctx, arn, func(p *iam.Provider) error { return change(&p.Tags) })
	})
}

func listProviderTags(c *call) (any, error) {
	arn := c.providerARN()
	return c.listTags(func() (iam.Tags, error) {
		p, err := c.dir.Provider(arn)
		if err != nil {
			return nil, err
		}
		return p.Tags, nil
	})
}
