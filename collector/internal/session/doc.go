// Package session turns the settings that all AWS components share into a
// configuration of the AWS SDK: region, credentials, endpoint, HTTP client,
// retries.
//
// [Config] is what users write and [Config.Load] does the work. [ServiceURL] and
// [HTTPClient] are for components that write their requests themselves. A component
// can be loaded without credentials: they are looked for when the first request is
// signed, and [ErrNoCredentials] tells a place that has none at all from one where a
// source of credentials is out of order.
package session
