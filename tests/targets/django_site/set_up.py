"""Make the site's database: tables, robots' accounts, and what is chosen from. For `manage.py shell`."""

from django.contrib.auth.models import User
from reports.models import Motive, Person, Property, Station

for number in range(1, 5):
    name = f"robot0{number}"
    User.objects.create_superuser(name, f"{name}@example.com", f"practice-{name}")
for model, names in {
    Station: ["Exampleton Central", "Exampleton North", "Sampleford"],
    Person: ["Neighbour", "Passer-by", "Police"],
    Property: ["Cash", "Jewellery", "Phone", "Tools"],
    Motive: ["Gain", "Grudge", "Hate"],
}.items():
    model.objects.bulk_create(model(name=name) for name in names)
