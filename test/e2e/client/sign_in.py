"""sign_in.py GUARD PROVIDER HOST USER: signs somebody in and out like a browser does, and prints as JSON what happened.

GUARD and PROVIDER are addresses; what comes to the guard came by https to HOST, says the controller, which is this program.
"""
import html
import http.client
import json
import re
import ssl
import sys
import urllib.parse

guard, provider, host, user = sys.argv[1:]
unverified = ssl.create_default_context()
unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
cookies, session, visited = {}, {}, []


def ask(url, form=None, follow=True):
    parts = urllib.parse.urlsplit(url)
    ours = parts.hostname == host
    connection = http.client.HTTPConnection(guard, timeout=30) if ours else http.client.HTTPSConnection(provider, 443, timeout=30, context=unverified)
    jar = cookies.setdefault(parts.hostname, {})
    headers = {"Host": parts.netloc, "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()), "Accept": "text/html"}
    if ours:
        headers.update({"X-Forwarded-Proto": "https", "X-Forwarded-Host": host, "X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7"})
    body = None
    if form is not None:
        body, headers["Content-Type"] = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
    connection.request("POST" if body else "GET", urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, "")), body, headers)
    answer = connection.getresponse()
    for line in answer.headers.get_all("Set-Cookie") or []:
        name, _, rest = line.partition("=")
        value = rest.partition(";")[0]
        if value and "Max-Age=0" not in line:
            jar[name] = value
            if ours:
                session[name] = rest.partition(";")[2].strip()
        else:
            jar.pop(name, None)
    text = answer.read().decode(errors="replace")
    visited.append(f"{answer.status} {parts.netloc}{parts.path}")
    if answer.status in (302, 303, 307):
        return ask(urllib.parse.urljoin(url, answer.headers["Location"])) if follow else answer.headers["Location"]
    found = re.search(r'<form[^>]*action="([^"]*)"', text)
    if found and not ours:
        fields = dict(re.findall(r'<input[^>]*type="hidden" name="([^"]*)" value="([^"]*)"', text))
        if 'name="login"' in text:
            fields.update(login=user, password="any")
        return ask(urllib.parse.urljoin(url, html.unescape(found.group(1))), fields)
    return answer.status, url


status, url = ask(f"https://{host}/?from=e2e")
cookie = "; ".join(f"{name}={value}" for name, value in cookies[host].items())
leads_to = [ask(f"https://{host}/oauth2/sign_out?" + urllib.parse.urlencode({"rd": rd}), follow=False)
            for rd in ["https://login.example.com/session/end", "https://evil.example.com/"]]
print(json.dumps({"status": status, "url": url, "visited": visited, "attributes": session, "cookie": cookie,
                  "after_sign_out": {"cookies": list(cookies[host]), "leads_to": leads_to}}))
