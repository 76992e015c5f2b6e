// For tests: texts that would do harm in a page that trusts them. None may become an element, an attribute or a script.
export const HOSTILE_TEXTS = [
  '<script>document.title = "taken"</script>',
  '"><img src=x onerror=document.title="taken">',
  "'><svg onload=document.title='taken'>",
  '</pre></code></td><iframe src="javascript:alert(1)"></iframe>',
  '<a href="javascript:document.title=1">x</a>',
  '[a link](javascript:document.title=1) ![x](data:text/html,<script>1</script>)',
  '&lt;b&gt; &amp;#60;script&#62;',
  '{{constructor.constructor("document.title=1")()}} #{document.title} <%= document.title %>',
  '<style>*{display:none}</style><base href="//evil.example/"><meta http-equiv=refresh content=0>',
  ']]><!--<![CDATA[ \u0000\u001b[31m\u2028\u202Ereversed\uFFFF \ud83d',
  '__proto__ constructor toString',
  `${'<div>'.repeat(200)}`,
];
