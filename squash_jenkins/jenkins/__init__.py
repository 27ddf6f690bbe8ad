"""The only package that speaks HTTP to Jenkins.

`client` is what other packages use. Behind it, `transport` sends requests and retries them,
`lists` and `lookup` know what to request, `answers` turns JSON into builds, `refusals` and
`connection_failures` turn failures into errors, `downloads` fetches files. `link` writes our line
into descriptions; `names` turns job names into URLs.
"""
