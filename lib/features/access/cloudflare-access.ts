/** Where Cloudflare Access puts the token that it adds to each request. */
export const TOKEN_HEADER = 'Cf-Access-Jwt-Assertion';

/**
 * Who signs a team's tokens, and where its keys are: the path at the team's domain.
 *
 * @see https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 */
export function accessTeam(teamDomain: string): { readonly issuer: string; readonly keysPath: string } {
  return { issuer: `https://${teamDomain}`, keysPath: '/cdn-cgi/access/certs' };
}
