"""What gunicorn serves: `wsgi:app`. Imported in every worker after fork, so that nothing is shared between them."""

from runtime.bootstrap import make_app

app = make_app()
