package iam

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

const (
	maxURLLength   = 255
	maxClientIDs   = 100
	maxThumbprints = 5
)

// NoSuchProvider is the error for a provider that is not there.
func NoSuchProvider(arn string) error {
	return Errorf(NoSuchEntity, "OpenIDConnect Provider not found for arn %s", arn)
}

// ParseIssuer checks the URL of a provider and returns it without https://, as it
// is in ARNs and conditions. Nothing is normalised: it must equal the issuer in the
// tokens.
func ParseIssuer(raw string) (string, error) {
	rest, ok := strings.CutPrefix(raw, "https://")
	if !ok {
		return "", Errorf(ValidationError, "Invalid Open ID Connect Provider URL")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.HasSuffix(raw, "#") || len(raw) > maxURLLength {
		return "", Errorf(ValidationError, "Invalid Open ID Connect Provider URL")
	}
	for _, c := range rest {
		if c <= ' ' || c > '~' || c == '\\' || c == '"' || c == '<' || c == '>' || c == '*' {
			return "", Errorf(ValidationError, "Invalid Open ID Connect Provider URL")
		}
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part == "." || part == ".." {
			return "", Errorf(ValidationError, "Invalid Open ID Connect Provider URL")
		}
	}
	return rest, nil
}

// Provider returns the provider with that ARN.
func (d *Directory) Provider(arn string) (*Provider, error) {
	var p *Provider
	d.read(func() { p = d.providers.rows[d.issuerOf(arn)] })
	if p == nil {
		return nil, NoSuchProvider(arn)
	}
	return p, nil
}

// issuerOf returns the issuer in the ARN of a provider of this account.
func (d *Directory) issuerOf(arn string) string {
	issuer, ok := strings.CutPrefix(arn, d.ARN(providerPrefix))
	if !ok {
		return ""
	}
	return issuer
}

// ProviderFor returns the provider of an issuer, such as https://idp.example.com/x.
func (d *Directory) ProviderFor(issuer string) (*Provider, bool) {
	key, ok := strings.CutPrefix(issuer, "https://")
	if !ok {
		return nil, false
	}
	var p *Provider
	d.read(func() { p = d.providers.rows[key] })
	return p, p != nil
}

// Providers returns all providers by URL.
func (d *Directory) Providers() (all []*Provider) {
	d.read(func() { all = d.providers.sorted() })
	return all
}

// CreateProvider adds p; its Created is set here.
func (d *Directory) CreateProvider(ctx context.Context, p Provider) (*Provider, error) {
	row := p.clone()
	row.Created = d.timestamp()
	if err := checkProvider(row); err != nil {
		return nil, err
	}
	return row, d.update(ctx, func(b *batch) error {
		if d.providers.rows[p.URL] != nil {
			return Errorf(EntityAlreadyExists, "Provider with url https://%s already exists.", p.URL)
		}
		return put(b, &d.providers, p.URL, row)
	})
}

func checkProvider(p *Provider) error {
	switch {
	case len(p.ClientIDs) > maxClientIDs:
		return Errorf(LimitExceeded, "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d", maxClientIDs)
	case len(p.Thumbprints) > maxThumbprints:
		return Errorf(LimitExceeded, "Thumbprint list must contain fewer than %d entries.", maxThumbprints+1)
	}
	for _, t := range p.Thumbprints {
		if len(t) != 40 || strings.Trim(strings.ToLower(t), "0123456789abcdef") != "" {
			return Errorf(InvalidInput, "Thumbprint list contains an invalid thumbprint: 40 hexadecimal digits are expected.")
		}
	}
	for _, c := range p.ClientIDs {
		if c == "" || len(c) > 255 {
			return Errorf(InvalidInput, "A client id has 1 to 255 characters.")
		}
	}
	return nil
}

// ChangeProvider replaces the provider by what change makes of a copy of it.
func (d *Directory) ChangeProvider(ctx context.Context, arn string, change func(p *Provider) error) error {
	return d.update(ctx, func(b *batch) error {
		p := d.providers.rows[d.issuerOf(arn)]
		if p == nil {
			return NoSuchProvider(arn)
		}
		row := p.clone()
		if err := change(row); err != nil {
			return err
		}
		if err := checkProvider(row); err != nil {
			return err
		}
		return put(b, &d.providers, row.URL, row)
	})
}

// AddClientID lets a provider's tokens be for one more audience.
func (d *Directory) AddClientID(ctx context.Context, arn, clientID string) error {
	return d.ChangeProvider(ctx, arn, func(p *Provider) error {
		if !slices.Contains(p.ClientIDs, clientID) {
			p.ClientIDs = append(p.ClientIDs, clientID)
		}
		return nil
	})
}

// RemoveClientID undoes AddClientID. Removing what is not there is fine.
func (d *Directory) RemoveClientID(ctx context.Context, arn, clientID string) error {
	return d.ChangeProvider(ctx, arn, func(p *Provider) error {
		p.ClientIDs = slices.DeleteFunc(p.ClientIDs, func(c string) bool { return c == clientID })
		return nil
	})
}

// DeleteProvider removes a provider.
func (d *Directory) DeleteProvider(ctx context.Context, arn string) error {
	return d.update(ctx, func(b *batch) error {
		issuer := d.issuerOf(arn)
		if d.providers.rows[issuer] == nil {
			return NoSuchProvider(arn)
		}
		drop(b, &d.providers, issuer)
		return nil
	})
}
